//! Pages and JSON API: turns requests into commands and state into views.
