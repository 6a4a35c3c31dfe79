"""A comparison in; a document for people, JSON for programs, or JUnit XML for CI out."""
