//! What the demo's story asks.

use crate::oracle::demo;
use serde_json::Value;

/// The story, or a plan, of the demo.
pub fn told(file: &str) -> Value {
    toml::from_str(&std::fs::read_to_string(demo().join(file)).unwrap()).unwrap()
}

/// Where a use case runs, from its pilot on.
pub fn deployment(story: &Value, use_case: &Value) -> Value {
    let acts = story["steps"].as_array().unwrap().iter().map(|step| &step["act"]);
    let mut pilots = acts.filter(|act| act["act"] == "begin_pilot" && &act["use_case"] == use_case);
    pilots.next().unwrap()["deployment"].clone()
}
