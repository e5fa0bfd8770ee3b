//! Answers on their way to members: whoever finds one out is on another thread than the member it is for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crowd::MemberId;

use crate::desk;

/// What was found out about a member.
pub(super) struct Mail {
    /// The place and the order; `None` if the writer did not answer.
    pub(super) own: Option<desk::Own>,
    pub(super) signed_out: bool,
}

/// What lies here for one member.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) mail: Option<Mail>,
    /// Something may have changed: look again.
    pub(super) look: bool,
    looking: bool,
}

/// One pigeonhole for each member that something is under way for.
#[derive(Default)]
pub(super) struct Post {
    holes: Mutex<HashMap<MemberId, Waiting>>,
}

impl Post {
    /// These have reason to look again.
    pub(super) fn ask(&self, ids: &[MemberId]) {
        let mut holes = self.lock();
        for id in ids {
            holes.entry(*id).or_default().look = true;
        }
    }

    /// Somebody goes and looks. False if somebody is under way already: it is looked again after that.
    pub(super) fn begin(&self, id: MemberId) -> bool {
        let mut holes = self.lock();
        let hole = holes.entry(id).or_default();
        if hole.looking {
            hole.look = true;
            return false;
        }
        hole.looking = true;
        true
    }

    /// Somebody is looking at the moment.
    pub(super) fn is_under_way(&self, id: MemberId) -> bool {
        self.lock().get(&id).is_some_and(|hole| hole.looking)
    }

    /// What was found out. False if the member is gone.
    pub(super) fn deliver(&self, id: MemberId, mail: Mail) -> bool {
        let mut holes = self.lock();
        let Some(hole) = holes.get_mut(&id) else { return false };
        (hole.mail, hole.looking) = (Some(mail), false);
        true
    }

    /// Takes what is there. While somebody is under way, the wish to look again stays.
    pub(super) fn take(&self, id: MemberId) -> Waiting {
        let mut holes = self.lock();
        match holes.get(&id) {
            None => Waiting::default(),
            Some(hole) if hole.looking => Waiting::default(),
            Some(_) => holes.remove(&id).unwrap_or_default(),
        }
    }

    /// The member is gone.
    pub(super) fn forget(&self, id: MemberId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MemberId, Waiting>> {
        self.holes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
