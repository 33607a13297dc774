//! Studies that were judged a moment ago: looking through the days of one record judges it once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use keshi_trail::Chain;

use crate::record::Study;

/// What a judged study rests on: the same key, the same study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StudyKey {
    pub(crate) trainee: String,
    /// Whose part of it alone is shown.
    pub(crate) provider: Option<String>,
    /// The end of the trail.
    pub(crate) chain: Chain,
    /// An id came again with other content, which is no part of the chain.
    pub(crate) changed: bool,
    /// The register's number.
    pub(crate) register: i64,
}

/// So many are kept at the most.
const MOST: usize = 16;

/// The last ones, the freshest first.
#[derive(Default)]
pub(crate) struct Studies {
    kept: Mutex<VecDeque<(StudyKey, Arc<Study>)>>,
}

impl Studies {
    pub(crate) fn get(&self, key: &StudyKey) -> Option<Arc<Study>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(found, _)| found == key).map(|(_, study)| study.clone())
    }

    pub(crate) fn keep(&self, key: StudyKey, study: Arc<Study>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(found, _)| (&found.trainee, &found.provider) != (&key.trainee, &key.provider));
        kept.push_front((key, study));
        kept.truncate(MOST);
    }
}
