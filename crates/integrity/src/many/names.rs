//! Small numbers for names that occur often.

use std::collections::HashMap;
use std::hash::Hash;

pub(super) struct Names<T> {
    numbers: HashMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { numbers: HashMap::new(), names: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    pub(super) fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.clone(), number);
        self.names.push(name.clone());
        number
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a number that was given out.
    ///
    /// # Panics
    /// For any other number.
    #[expect(clippy::expect_used, reason = "numbers come from `number` alone")]
    pub(super) fn get(&self, number: u32) -> &T {
        self.names.get(number as usize).expect("a number that was given out")
    }
}
