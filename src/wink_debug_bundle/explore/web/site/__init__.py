"""What a server shows: one bundle, or several, and pages that other rooms add."""
