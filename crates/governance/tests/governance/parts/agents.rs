//! The agent register.

use crate::hospital::*;
use crate::judged::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let expires = days_after(hospital.now, [0, 50, 200, 301][pick[1] % 4]);
    let action = ["read", "order", "pay"][pick[2] % 3];
    let human = ["required", "required", "none"][pick[3] % 3];
    Some(match pick[0] {
        0 => ("office", Act::Agents(AgentsAct::AdoptAgentPolicy(agent_policy()))),
        1..=5 => ("office", authorise(UC, action, human, expires)),
        6 | 7 => ("chair", revoke(action)),
        _ => {
            let witness = ["nurse", "tech"][pick[1] % 2];
            ("tech", drill(hospital, pick[2] as i64 * 10, [30, 60, 61][pick[3] % 3], witness))
        }
    })
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    ids: Vec<String>,
    left: Vec<String>,
    is_agent: bool,
    policy: bool,
    permissions: Vec<String>,
    drills: Vec<(i64, u32)>,
}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let who = command.actor.person()?.to_string();
        if self.ids.contains(&command.id.to_string()) {
            return None;
        }
        let Act::Agents(act) = &command.act else { return None };
        if !self.is_agent && !matches!(act, AgentsAct::AdoptAgentPolicy(_)) {
            return Some(false);
        }
        match act {
            AgentsAct::AdoptAgentPolicy(_) => Some(!self.policy),
            AgentsAct::RevokeAction { action, .. } => {
                Some(self.permissions.contains(&action.to_string()))
            }
            // That it is live or being decided is for others to know; what the policy forbids is
            // always refused.
            AgentsAct::AuthoriseAction(asked) => {
                let days = asked.expires.duration_since(command.at).as_hours() / 24;
                let lax = asked.action.as_str() == "order" && asked.human != HumanInLoop::Required;
                let wrong = lax || asked.action.as_str() == "pay" || !(1..=300).contains(&days);
                (wrong || !self.policy).then_some(false)
            }
            AgentsAct::RecordDrill { limit_seconds, witnessed_by, stop_at, last_action_at, .. } => {
                let over = *stop_at <= command.at && last_action_at.is_none_or(|it| it <= command.at);
                let witness = witnessed_by.to_string();
                let may = witness != who && !self.left.contains(&witness);
                let wrong = !self.policy || !over || *limit_seconds > 60 || !may;
                // Whether it runs is for others to know.
                wrong.then_some(false)
            }
        }
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        self.ids.push(command.id.to_string());
        match &command.act {
            Act::NoteDeparture { person } => self.left.push(person.to_string()),
            Act::RegisterSystem { ai_type, .. } if self.ids.len() < 9 => {
                self.is_agent |= *ai_type == AiType::Agent;
            }
            Act::Agents(AgentsAct::AdoptAgentPolicy(_)) => self.policy = true,
            Act::Agents(AgentsAct::AuthoriseAction(asked)) => {
                let action = asked.action.to_string();
                self.permissions.retain(|it| *it != action);
                self.permissions.push(action);
                self.permissions.sort();
            }
            Act::Agents(AgentsAct::RevokeAction { action, .. }) => {
                self.permissions.retain(|it| it != action.as_str());
            }
            Act::Agents(AgentsAct::RecordDrill {
                stop_at, last_action_at, limit_seconds, ..
            }) => {
                let last = last_action_at.unwrap_or(*stop_at);
                self.drills.push((last.as_second() - stop_at.as_second(), *limit_seconds));
            }
            _ => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let drills = self.drills.iter().map(|(took, limit)| *took <= i64::from(*limit));
        format!("{} {:?} {:?}", self.policy, self.permissions, drills.collect::<Vec<_>>())
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let of = record.agents.registered.get(&UC).cloned().unwrap_or_default();
    let permissions: Vec<_> = of.permissions.keys().map(ToString::to_string).collect();
    let drills: Vec<_> = of.drills.iter().map(Drill::passed).collect();
    format!("{} {permissions:?} {drills:?}", record.agents.policy.is_some())
}
