//! A map of the record or one of the standard library.

use super::Map;

/// What the record needs of any ordered map, whether a [`Map`] or one of the standard library.
pub(crate) trait Ordered<K, V> {
    /// The value of a key.
    fn value(&self, key: &K) -> Option<&V>;

    /// The largest key.
    fn last(&self) -> Option<&K>;
}

impl<K: Ord, V> Ordered<K, V> for Map<K, V> {
    fn value(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn last(&self) -> Option<&K> {
        self.last_key_value().map(|(key, _)| key)
    }
}

impl<K: Ord, V> Ordered<K, V> for std::collections::BTreeMap<K, V> {
    fn value(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn last(&self) -> Option<&K> {
        self.last_key_value().map(|(key, _)| key)
    }
}
