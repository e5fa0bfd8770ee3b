//! Where every sale is, as last heard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::SaleId;
use uuid::Uuid;

/// An engine, as others reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineAt {
    /// What the operator calls it.
    pub name: String,
    /// The process that runs now.
    pub process: Uuid,
    /// Origin of its HTTP server.
    pub http: String,
}

/// Where every sale is. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    this: Option<Uuid>,
    engines: Vec<EngineAt>,
    sales: BTreeMap<SaleId, Uuid>,
    all: BTreeSet<SaleId>,
}

impl Directory {
    /// The engine that has this sale, if it is another one than this.
    pub fn elsewhere(&self, sale: SaleId) -> Option<EngineAt> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let holder = known.sales.get(&sale).filter(|holder| known.this.as_ref() != Some(*holder))?;
        known.engines.iter().find(|engine| engine.process == *holder).cloned()
    }

    /// There is such a sale, though perhaps at no engine right now. Before anything was heard there may be any.
    pub fn exists(&self, sale: SaleId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.this.is_none() || known.all.contains(&sale)
    }

    /// Every sale is at an engine that is there; `false` while one changes hands, and before anything was heard.
    pub fn is_whole(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let is_there = |holder: &Uuid| known.engines.iter().any(|engine| engine.process == *holder);
        known.this.is_some() && known.all.iter().all(|sale| known.sales.get(sale).is_some_and(is_there))
    }

    /// The sales this engine holds.
    pub fn here(&self) -> Vec<SaleId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.sales.iter().filter(|(_, holder)| known.this.as_ref() == Some(*holder)).map(|(sale, _)| *sale).collect()
    }

    /// Every other engine that is there.
    pub fn others(&self) -> Vec<EngineAt> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.engines.iter().filter(|engine| known.this != Some(engine.process)).cloned().collect()
    }

    /// Every engine that is there, and how many sales each has.
    pub fn engines(&self) -> Vec<(EngineAt, usize)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let count = |engine: &EngineAt| known.sales.values().filter(|holder| **holder == engine.process).count();
        known.engines.iter().map(|engine| (engine.clone(), count(engine))).collect()
    }

    pub(crate) fn set(&self, this: Uuid, engines: Vec<EngineAt>, sales: BTreeMap<SaleId, Uuid>, all: BTreeSet<SaleId>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known { this: Some(this), engines, sales, all };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_anything_was_heard_no_sale_is_denied_and_no_list_is_whole() {
        let (directory, this, sale) = (Directory::default(), Uuid::from_u128(1), SaleId::new(1));
        assert!(directory.exists(sale) && !directory.is_whole());
        let engine = EngineAt { name: "engine-0".to_owned(), process: this, http: "http://127.0.0.1:1".to_owned() };
        directory.set(this, vec![engine], BTreeMap::from([(sale, this)]), BTreeSet::from([sale]));
        assert!(directory.exists(sale) && directory.is_whole());
        assert!(!directory.exists(SaleId::new(2)));
    }
}
