//! What was used of late, within a budget of bytes. The store is the truth: what is thrown out is folded anew when it is needed.

use std::collections::HashMap;

/// Two halves: when the young one is full it becomes the old one, and what nobody used meanwhile goes.
#[derive(Debug)]
pub(super) struct Cache<T> {
    young: HashMap<u64, (usize, T)>,
    old: HashMap<u64, (usize, T)>,
    /// Bytes of the young half.
    bytes: usize,
    /// Bytes of each half at most.
    half: usize,
}

impl<T> Cache<T> {
    pub(super) fn new(bytes: usize) -> Self {
        Cache {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
            half: bytes / 2,
        }
    }

    /// Looks at something; it stays.
    pub(super) fn get(&self, id: u64) -> Option<&T> {
        let found = self.young.get(&id).or_else(|| self.old.get(&id));
        found.map(|(_, value)| value)
    }

    /// Takes something out.
    pub(super) fn take(&mut self, id: u64) -> Option<T> {
        let Some((bytes, value)) = self.young.remove(&id) else {
            return self.old.remove(&id).map(|(_, value)| value);
        };
        self.bytes -= bytes;
        Some(value)
    }

    /// Puts something in that takes so many bytes, in place of what was there.
    pub(super) fn put(&mut self, id: u64, bytes: usize, value: T) {
        self.take(id);
        if self.bytes + bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(id, (bytes, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_budget_holds() {
        let mut cache = Cache::new(100);
        for id in 1..=50 {
            cache.put(id, 10, ());
            if cache.take(1).is_some() {
                cache.put(1, 10, ());
            }
            assert!(cache.young.len() + cache.old.len() <= 10);
        }
        assert!(cache.get(1).is_some());
        assert!(cache.get(50).is_some());
        assert!(cache.get(2).is_none());
    }

    #[test]
    fn what_is_larger_than_the_budget_is_held_until_others_come() {
        let mut cache = Cache::new(8);
        cache.put(1, 10, ());
        assert!(cache.get(1).is_some());
        cache.put(2, 10, ());
        cache.put(3, 10, ());
        assert!(cache.get(1).is_none());
    }
}
