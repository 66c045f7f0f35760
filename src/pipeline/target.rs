//! What the outcomes of a pipeline are committed to.

use crate::error::Result;
use crate::outcome::Outcome;
use crate::state::State;
use crate::store::StateStore;
use crate::transaction::BlockHeader;

/// A state that follows the blocks of a pipeline.
pub trait Target: Send + Sync + 'static {
    /// The state as the last committed block left it.
    fn state(&self) -> &State;

    /// Whether `block` can come next; asked before it is executed.
    ///
    /// # Errors
    /// [`Error::Input`](crate::Error::Input) with what was expected.
    fn check_next(&self, block: &BlockHeader) -> Result<()>;

    /// Takes over the outcome of `block`, which was computed on [`Target::state`], entirely or not at all.
    ///
    /// # Errors
    /// The outcome could not be written; the state is as it was.
    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()>;
}

/// Any block can come next: heights are compared by stores only.
impl Target for State {
    fn state(&self) -> &State {
        self
    }

    fn check_next(&self, _: &BlockHeader) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self, _: &BlockHeader, outcome: &mut Outcome) -> Result<()> {
        self.apply(outcome)
    }
}

impl<S: StateStore + Send + Sync + 'static> Target for S {
    fn state(&self) -> &State {
        StateStore::state(self)
    }

    fn check_next(&self, block: &BlockHeader) -> Result<()> {
        Ok(StateStore::check_next(self, block)?)
    }

    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()> {
        StateStore::commit(self, block, outcome)
    }
}
