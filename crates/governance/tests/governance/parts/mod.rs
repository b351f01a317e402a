//! The parts of the record that have acts of their own: random acts for each, and its rules written
//! a second time, as slowly and plainly as can be.

use crate::hospital::Hospital;
use governance::{Act, Command, Record};

/// Makes an act of a part out of the record that it meets and four numbers at random.
pub type Any = fn(&Hospital, [usize; 4]) -> Option<(&'static str, Act)>;

macro_rules! parts {
    ($($part:ident)*) => {
        $(pub mod $part;)*

        /// A naive model of each part.
        #[derive(Default)]
        pub struct Models {
            $($part: $part::Model,)*
        }

        impl Models {
            /// Whether the core must accept the command; none when no model knows.
            pub fn expects(&self, command: &Command) -> Option<bool> {
                let known = [$(self.$part.expects(command)),*];
                known.into_iter().flatten().next()
            }

            /// Plays a command that the core accepted.
            pub fn play(&mut self, command: &Command) {
                $(self.$part.play(command);)*
            }

            /// What stands, part by part.
            pub fn picture(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($part), self.$part.picture())),*]
            }
        }

        /// What stands in the record, part by part.
        pub fn picture(record: &Record) -> Vec<(&'static str, String)> {
            vec![$((stringify!($part), $part::picture(record))),*]
        }

        pub const ANY: &[Any] = &[$($part::any),*];
    };
}

parts! {
    organisation
    meetings
    lanes
    intake
    exceptions
    vendors
    change_requests
    incidents
    hazards
    agents
    reviews
    holds
    decision_rights
}
