//! The network upgrade transactions of each fork, by keccak-256 of their EIP-2718 encoding and in order (specification:
//! the derivation pages of the forks; Karst: the bundle of the fork). The bytes themselves are foreign contract code:
//! derivation asks its source for them, and a source can only answer with the bytes that hash to these values.

use alloy_primitives::{B256, b256};

/// What a fork inserts into its activation block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// keccak-256 of each transaction, in order.
    pub transactions: &'static [B256],
    /// Gas that the activation block has on top of the gas limit of the system config.
    pub gas: u64,
    /// Whether a batch for the activation block that has transactions is dropped (Jovian and later).
    pub refuses_batch_transactions: bool,
    /// Whether the activation block sets the code of the create2 deployer (Canyon).
    pub sets_create2_deployer: bool,
}

impl Upgrade {
    /// Nothing is inserted.
    pub const NONE: Self =
        Self { transactions: &[], gas: 0, refuses_batch_transactions: false, sets_create2_deployer: false };
}

/// Gas that the Karst activation block has on top of the gas limit: the sum of its upgrade transactions' gas limits.
pub(super) const KARST_GAS: u64 = 55_370_657;

pub(super) const ECOTONE: [B256; 6] = [
    b256!("50549bed9a83ba7238893970780b458ed3d543f299d6f69f7a5d0b32d7cd71a7"),
    b256!("f8e8dd83c100c9eb137fa372cdda2cf854f79b6e8cfc604c5e54d970c05cb6dc"),
    b256!("9f2b2d34dfa2cb55cceb9860cade0cb03cfbd7ff1dd07d48b4708b29a46b4a24"),
    b256!("edbfdad1f44ea830b863eac45eca4408398351b30511826012882059625963d2"),
    b256!("91f762393442ac507c6852211b62445d82c9b58bae34726ecef2f10b4156f027"),
    b256!("5b7915f2a55ce67519e6d8f65248918f4e62f545706af2bf02549bb9782c03f3"),
];

pub(super) const FJORD: [B256; 3] = [
    b256!("aafd55b14e021a2c04628606e42dbe58cc9c86b6ed695a8b9ccf258e28963e5e"),
    b256!("2f63bbe08a66796dde569281a58a53e0b0f64b7aa067297e9c70455fb8e375bc"),
    b256!("7cedc4f1c428928cdfb9b340bda3060102c71ad23f982678471b222ba8a756e1"),
];

pub(super) const ISTHMUS: [B256; 8] = [
    b256!("4557f1142fedd52d571b070a290aa8683a03f7aac7929967858af7aab48cd4cc"),
    b256!("9412bd3fa72eb1dbec94fd2297d44a8b86cb1f55966324e6cc7d57decc92c1f6"),
    b256!("a9e6286eadd53ecf7bb2bff668c4fcb62305a8b3e4b584c30f7d4f90046ee75e"),
    b256!("e992e00998b34075506d2726a274db07a62af6cdd9d527bfda9128114603cfbd"),
    b256!("b6560306ccb0e772b132a8a6dd78244c0d7ac270c80baba40f95006184926c30"),
    b256!("f162acc8ebbaf9237755736b62331a4817fe27bbbe3712f473ecfa8fee499f7c"),
    b256!("bf2fef09f73279373fce8acd2968ca4fd1d10ba88bf10993b6a69c33d913f01b"),
    b256!("f3ddde30514a8d00b0b92f14b9ce6b3170ea30f5f45b1afdc0905801134ffefe"),
];

pub(super) const JOVIAN: [B256; 5] = [
    b256!("0bad46dcef609affe3d306a9ce6239a1f3ec59673943a4c533eb20459950f542"),
    b256!("cd60191626fa3124e7031235c52f0adf6be545ebbd7cf55641bd9dabcbedaf6a"),
    b256!("675febfc848d9b30f27dce1aabb6572d1de80c9eaa75773ac2106eeea7ff3aff"),
    b256!("c7c01d75d0b6950fcd30b448cba848e9841ab9ebb6b46eed9ecde4ba05ad0fd9"),
    b256!("159d785e90a42f3b9a4d3b9fd4ab69e7c0edec3122cb2e767f3a66aba8f3e664"),
];

pub(super) const KARST: [B256; 31] = [
    b256!("7582a14ccf99987782cdf0a40ecb81fc7230cf18e4603354e225fc14fe4859d9"),
    b256!("be2ad7064d023c471b3f1bef6546e167468a98e22539d6d426e5a7180612f4c3"),
    b256!("df9073df9dc7aed20004d9008bb2ffb5544200de7efff40d2215f86b03c9ef6a"),
    b256!("c3ba247746708a80176c946344048ff180ed977a1de0809b39878970a6119a89"),
    b256!("b084171f78c85dec5a324a4aaa4fe9dc63fd44ea5b79652692bc5cab0479845c"),
    b256!("54e8cc50252e7be344dffabbf7c6168b9540b9cec09a2c42ea525b154093c7e0"),
    b256!("da10b92be5864671d815bf01bf0c1665dec67f2774bed18963af47b77d55118d"),
    b256!("827eb777d54c535230193a71884010847256455723379a9e2c3d4e39e7ccd0c4"),
    b256!("0fed5f4c8ec81d0c216f0685b133b8d2a7cfcc12bd978c1c7c8943e09a4b6116"),
    b256!("c2697bef175e07c2872e8a2ae35798c3648fe30d8d77af94d87a1f4546562083"),
    b256!("9305b93023ddc2707e4df03c2eb40b845079b088ca5a2e15e71d537088be2037"),
    b256!("ffed365f48072c224b509dc625a4c4f1e37eac48c0235d0d4be541ffd60ba077"),
    b256!("92c1cbddfbd03c37dcc1fab1a0c9bfb9d7ed2e83080cd006830bf4b955124e74"),
    b256!("fa180bbc74b900c9514026d50977cc335892c3a4aa78f172d58d033dae47b5bd"),
    b256!("bca4cddddd06127694e1088ed38ab32e83ab933aa7406ca1bc08dfb8ea7088c2"),
    b256!("fa8031b516beb71334d75a8e1396aa1031fbfd8bfd86d8c5ea564df1177fe439"),
    b256!("69a5aa38bda0701f650f22961399a7edb8b2608655f7c2ce7f08f88afda2d3d5"),
    b256!("71ff57e81d5f387621f492dc3ecfcf20b527bcf8f497012094b5e288e187f502"),
    b256!("c4c135d76411849477e60d0eeefae3a3b903cbd16289a0e95b63ddb88fb4df37"),
    b256!("43ccd95244073e8c1b9bbef5ae1f75b5357e7d41448fe337b64709c5161c3213"),
    b256!("fee0716b17347326d9e28bcf147b8d59f95873b10bca6574d495dbc3762a8857"),
    b256!("b351a43e0fd1a87c03add92c586b32f42f06038fc6fbbd858b040bdc1224e918"),
    b256!("527f2f4762791c7db425c2345692276d1d812221e09d93a111edab8539b5cd00"),
    b256!("f16da6ec53ed3b004828601db66f9a4124c12c6095e7346d8acc7332da03203a"),
    b256!("34f38da749e8e74ea5c5ad22e08eabc0ba34e758fee54e3e2b817c7879fd17d6"),
    b256!("db0e8e0cb8fcd6a11f7df11d12f41197af189d07573e38271059f1bb2782deed"),
    b256!("b11c734c207b9916b088b06bc608d8f3edcfd23abb407d4c222d19137f45a585"),
    b256!("688a38712c71aed9e7abbc2399334523e8e2ba7b6d3a8b2dfc3f6be82407caa2"),
    b256!("48aa8d6a9d281bf0eaa204e895acdfe0ba38640c34f6d133b2f4ecb879f5c72c"),
    b256!("1cd872fbcd73b0bb615dfe0383b76793b3ec6d1cc06c4e471ba65cda961b6531"),
    b256!("d2e9eb2ba77098610e7dda134e70f741f7456f4ec49912d667860c40988dfd8e"),
];
