//! A chain that is the same in every process: each block follows from the state before it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::path::Path;
use wavelock::store::StoreOptions;
use wavelock::{
    Account, AccountId, Block, BlockHeader, BlockSummary, Engine, FjallStore, MemoryStore, Outcome, State, StateStore,
    Transaction, Transfer, Validator,
};

pub const CHAIN: u64 = 5;
/// Height of the state that the chain goes on from.
pub const FIRST: u64 = 40;
const ACCOUNTS: u64 = 5_000;
const TRANSACTIONS: usize = 500;

fn id(number: u64) -> AccountId {
    AccountId(*blake3::hash(&number.to_le_bytes()).as_bytes())
}

pub fn genesis() -> State {
    let accounts = (0..ACCOUNTS).map(|number| Account { id: id(number), balance: 1_500, nonce: number % 3 });
    State::from_accounts(FIRST, accounts).expect("distinct accounts")
}

/// The block after `state`: some of its transactions are rejected, some create accounts.
pub fn next_block(state: &State) -> Block {
    let height = state.height() + 1;
    let mut rng = ChaCha12Rng::seed_from_u64(height);
    let mut used = vec![0; state.len()];
    let transactions = (0..TRANSACTIONS).map(|_| {
        let from = rng.random_range(0..state.len() as u32);
        let known = state.account(rng.random_range(0..state.len() as u32)).id;
        let to = if rng.random_range(0..64) == 0 { id(rng.random()) } else { known };
        let Account { id, nonce, .. } = state.account(from);
        let late = rng.random_range(0..16) == 0;
        let nonce = nonce + used[from as usize] + u64::from(late);
        used[from as usize] += u64::from(!late);
        let amount = rng.random_range(0..2_000);
        Transaction::transfer(&Transfer { chain_id: CHAIN, nonce, amount, fee: 1, from: id, to }, [0; 64])
    });
    let transactions = transactions.collect();
    Block { header: BlockHeader { chain_id: CHAIN, height, fee_recipient: id(7) }, transactions }
}

pub fn validator() -> Validator {
    Validator::builder().engine(Engine::Serial).without_signatures().build().expect("no device is needed")
}

pub fn outcome(block: &Block, state: &State) -> Outcome {
    validator().validate(block, state).expect("a small block")
}

/// Commits the block that follows.
pub fn advance(store: &mut impl StateStore) -> wavelock::Result<()> {
    let block = next_block(store.state());
    let mut outcome = outcome(&block, store.state());
    store.commit(&block.header, &mut outcome)
}

/// A store of the chain's beginning.
pub fn create(path: &Path) {
    FjallStore::create(path, CHAIN, &genesis()).expect("a store in a new folder");
}

/// Small tables, so that writing them in the background happens all the time.
pub fn open(path: &Path) -> wavelock::Result<FjallStore> {
    FjallStore::open_with(path, &StoreOptions { memtable_bytes: 1 << 20 })
}

/// What an uninterrupted run gives.
pub struct Expected {
    blocks: Vec<BlockSummary>,
    genesis: wavelock::Root,
    pub last: State,
}

impl Expected {
    pub fn until(height: u64) -> Self {
        let mut store = MemoryStore::new(CHAIN, genesis());
        let genesis = store.root();
        let mut blocks = Vec::new();
        while store.height() < height {
            advance(&mut store).expect("a block that follows");
            blocks.push(store.block(store.height()).expect("in memory").expect("committed"));
        }
        assert_eq!(wavelock::serial::root::root(store.state()), store.root(), "the root as specified");
        Self { blocks, genesis, last: store.state().clone() }
    }

    pub fn height(&self) -> u64 {
        self.last.height()
    }

    /// What is wrong with a store that was at `least` or, had the block been on its way, one further.
    pub fn check(&self, path: &Path, least: u64) -> Result<u64, String> {
        let store = open(path).map_err(|error| error.to_string())?;
        let height = store.height();
        if !(least..=least + 1).contains(&height) {
            return Err(format!("block {least} was committed, the store is at block {height}"));
        }
        self.same(&store)?;
        Ok(height)
    }

    /// Whether a store at a block of the chain holds what it must.
    pub fn same(&self, store: &impl StateStore) -> Result<(), String> {
        let height = store.height();
        let block = height.checked_sub(FIRST + 1).map(|position| &self.blocks[position as usize]);
        let root = block.map_or(self.genesis, |block| block.root);
        if store.root() != root {
            return Err(format!("root {} at block {height}: expected {root}", store.root()));
        }
        if store.block(height).map_err(|error| error.to_string())?.as_ref() != block {
            return Err(format!("what is kept of block {height} is not what it was"));
        }
        if height == self.height() && *store.state() != self.last {
            return Err("the last state is another one".to_owned());
        }
        Ok(())
    }
}
