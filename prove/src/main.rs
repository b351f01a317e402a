//! Proofs of the built-in decision rights: what no person, use case or moment can get past.
//!
//! Tests ask about the people that somebody thought of. Here a solver (cvc5) searches all requests
//! that the schema allows, and either finds one that breaks a promise or shows that there is none.
//! To see that a proof can fail, each promise is then tried on a pack with the rule behind it
//! changed: that must be refuted, with an example.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

mod promise;
mod prover;

use anyhow::{Context, Result, bail};
use cedar_policy::Schema;
use cedar_policy_symcc::CedarSymCompiler;
use cedar_policy_symcc::solver::LocalSolver;
use promise::PROMISES;
use prover::{Answer, Prover};

/// How to get the solver where it is missing.
const INSTALL: &str = "install it with `apt-get install -y cvc5`, or name it in CVC5";

#[tokio::main]
async fn main() -> Result<()> {
    let Ok(solver) = LocalSolver::cvc5() else {
        println!("skipped: the solver cvc5 is not here; {INSTALL}");
        return Ok(());
    };
    let pack = packs::builtin::rights()?;
    let (schema, _) = Schema::from_cedarschema_str(&pack.schema)?;
    let compiler = CedarSymCompiler::new(solver).context("cvc5 does not answer")?;
    let mut prover = Prover::new(compiler, schema);
    println!("Decision rights {} ({:.12})", pack.version, pack.digest());
    let mut broken = 0;
    for promise in PROMISES {
        println!("\n{}: {}", promise.id, promise.means);
        let policies = prover::policies(&pack.policies)?;
        match prover.holds(promise, &policies).await? {
            Answer::Proved { questions } => {
                println!("  proved for every request ({questions} questions to the solver)");
            }
            Answer::Refuted(example) => {
                println!("  BROKEN, for example:\n{example}");
                broken += 1;
            }
        }
        let changed = promise.doubt.apply(&policies)?;
        match prover.holds(promise, &changed).await? {
            Answer::Refuted(example) => {
                println!("  {} it does not hold, for example:\n{example}", promise.doubt.words());
            }
            Answer::Proved { .. } => {
                println!("  VAIN: {} it is proved all the same", promise.doubt.words());
                broken += 1;
            }
        }
    }
    if broken > 0 {
        bail!("{broken} of {} promises are broken or prove nothing", PROMISES.len());
    }
    println!("\nproved: {} promises", PROMISES.len());
    Ok(())
}
