//! The other engines: which has what, and how an operator moves a sale.

use std::sync::Arc;
use std::time::Duration;

use domain::{Problem, SaleId};
use leases::{Directory, EngineAt, Keeper};

/// How long a new sale may take until some engine has it.
const OPENED_WITHIN: Duration = Duration::from_secs(10);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What this engine knows of the others.
pub struct Cluster {
    /// Where every sale is.
    pub directory: Directory,
    /// Keeps this engine's leases.
    pub keeper: Arc<Keeper>,
}

impl Cluster {
    /// Returns when some engine has a new sale.
    ///
    /// # Errors
    /// `sale_unavailable`: none had it in time. One will have it a little later.
    pub async fn opened(&self, sale: SaleId) -> Result<(), Problem> {
        self.keeper.hurry();
        let held = async {
            while !self.directory.is_held(sale) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(OPENED_WITHIN, held).await.map_err(|_| away())
    }

    /// Moves a sale to the engine with this name: its writer ends where it is, and the other takes it over.
    ///
    /// # Errors
    /// `engine_unknown` at `/engine`, `sale_unavailable`.
    pub async fn move_to(&self, sale: SaleId, engine: &str) -> Result<EngineAt, Problem> {
        let unknown = || Problem::new("engine_unknown", "There is no engine with this name now.").at("/engine");
        let engines = self.directory.engines();
        let (target, _) = engines.into_iter().find(|(at, _)| at.name == engine).ok_or_else(unknown)?;
        let wanted = self.keeper.store().want(sale, engine).await;
        if !wanted.map_err(|error| away().internal(error))? {
            return Err(away());
        }
        self.keeper.hurry();
        Ok(target)
    }
}

/// The sale is at no engine right now.
pub fn away() -> Problem {
    Problem::new("sale_unavailable", "We are reconnecting. Your place is safe; try again.")
}
