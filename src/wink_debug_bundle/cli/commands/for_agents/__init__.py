"""The commands that coding agents need before they ask: what to type, and what a bundle has."""
