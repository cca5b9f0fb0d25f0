"""The typed order line: words, grammar, completion, and the reading of a line against the market."""
