//! The types of dispute games, as numbered in the factory.

use core::fmt;

/// The number of a game's type. Any number can stand in a factory, so unknown ones are values too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GameType(pub u32);

impl GameType {
    /// Output roots, MIPS64, op-program.
    pub const CANNON: Self = Self(0);
    /// As [`CANNON`](Self::CANNON), but one proposer and one challenger only.
    pub const PERMISSIONED_CANNON: Self = Self(1);
    /// Output roots, RISC-V, op-program.
    pub const ASTERISC: Self = Self(2);
    /// Output roots, RISC-V, kona.
    pub const ASTERISC_KONA: Self = Self(3);
    /// Super roots, MIPS64, op-program.
    pub const SUPER_CANNON: Self = Self(4);
    /// As [`SUPER_CANNON`](Self::SUPER_CANNON), but one proposer and one challenger only.
    pub const SUPER_PERMISSIONED_CANNON: Self = Self(5);
    /// A validity-proof game of another project.
    pub const OP_SUCCINCT: Self = Self(6);
    /// Super roots, RISC-V, kona.
    pub const SUPER_ASTERISC_KONA: Self = Self(7);
    /// Output roots, MIPS64, kona: the game that chains use today.
    pub const CANNON_KONA: Self = Self(8);
    /// Super roots, MIPS64, kona.
    pub const SUPER_CANNON_KONA: Self = Self(9);
    /// Output roots, decided by a validity proof.
    pub const ZK_DISPUTE_GAME: Self = Self(10);
    /// Tests: a game with very short clocks.
    pub const FAST: Self = Self(254);
    /// Tests: a game over a trace of letters.
    pub const ALPHABET: Self = Self(255);
    /// A validity-proof game of another project.
    pub const KAILUA: Self = Self(1337);

    /// The type's name in the contracts; `None` for a number without one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CANNON => "CANNON",
            Self::PERMISSIONED_CANNON => "PERMISSIONED_CANNON",
            Self::ASTERISC => "ASTERISC",
            Self::ASTERISC_KONA => "ASTERISC_KONA",
            Self::SUPER_CANNON => "SUPER_CANNON",
            Self::SUPER_PERMISSIONED_CANNON => "SUPER_PERMISSIONED_CANNON",
            Self::OP_SUCCINCT => "OP_SUCCINCT",
            Self::SUPER_ASTERISC_KONA => "SUPER_ASTERISC_KONA",
            Self::CANNON_KONA => "CANNON_KONA",
            Self::SUPER_CANNON_KONA => "SUPER_CANNON_KONA",
            Self::ZK_DISPUTE_GAME => "ZK_DISPUTE_GAME",
            Self::FAST => "FAST",
            Self::ALPHABET => "ALPHABET",
            Self::KAILUA => "KAILUA",
            _ => return None,
        })
    }

    /// Whether the game's root claim is a super root, as the portal decides it.
    pub const fn is_super_game(self) -> bool {
        matches!(
            self,
            Self::SUPER_CANNON | Self::SUPER_PERMISSIONED_CANNON | Self::SUPER_ASTERISC_KONA | Self::SUPER_CANNON_KONA
        )
    }

    /// Whether only a named proposer and challenger may play.
    pub const fn is_permissioned(self) -> bool {
        matches!(self, Self::PERMISSIONED_CANNON | Self::SUPER_PERMISSIONED_CANNON)
    }
}

impl fmt::Display for GameType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn super_games_are_the_four_of_the_portal() {
        let found: [bool; 11] = core::array::from_fn(|id| GameType(id as u32).is_super_game());
        let expected = [false, false, false, false, true, true, false, true, false, true, false];
        assert_eq!(found, expected);
        assert!(!GameType(4 + 256).is_super_game(), "types that differ by 256 are different types");
    }
}
