"""The monitoring report: `text` builds it, `annex` and `words` are its parts."""
