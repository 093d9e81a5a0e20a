//! The small enumerations of a dispute game as the contracts number them: how a VM stopped, how a game stands, how its
//! bonds are paid out.

use thiserror::Error;

/// A number that the enumeration does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{value} is no {enumeration}")]
pub struct UnknownStatus {
    /// The enumeration's name.
    pub enumeration: &'static str,
    /// The number that was given.
    pub value: u8,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_doc])* $variant = $value,)* }

        impl TryFrom<u8> for $name {
            type Error = UnknownStatus;

            fn try_from(value: u8) -> Result<Self, UnknownStatus> {
                match value {
                    $($value => Ok(Self::$variant),)*
                    _ => Err(UnknownStatus { enumeration: stringify!($name), value }),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(status: $name) -> u8 {
                status as u8
            }
        }
    };
}

numbered! {
    /// How the program in a VM ended: the first byte of a state's hash.
    VmStatus {
        /// It confirmed the claim (exit code 0).
        Valid = 0,
        /// It refuted the claim (exit code 1).
        Invalid = 1,
        /// It failed (any other exit code).
        Panic = 2,
        /// It still runs.
        Unfinished = 3,
    }
}

numbered! {
    /// How a game stands.
    GameStatus {
        /// Moves, steps and resolutions of sub-games are possible.
        InProgress = 0,
        /// The root claim was countered.
        ChallengerWins = 1,
        /// The root claim stood.
        DefenderWins = 2,
    }
}

numbered! {
    /// How the bonds of a game are paid out, decided once when the game is closed.
    BondDistributionMode {
        /// The game is not closed.
        Undecided = 0,
        /// To the winners.
        Normal = 1,
        /// Back to whom deposited them: the game was invalidated.
        Refund = 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_the_status_or_an_error() {
        for value in 0..=255u8 {
            assert_eq!(VmStatus::try_from(value).map(u8::from).ok(), (value < 4).then_some(value));
            assert_eq!(GameStatus::try_from(value).map(u8::from).ok(), (value < 3).then_some(value));
            assert_eq!(BondDistributionMode::try_from(value).map(u8::from).ok(), (value < 3).then_some(value));
        }
    }
}
