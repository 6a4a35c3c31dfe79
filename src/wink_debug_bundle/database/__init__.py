"""What lies in a bundle: its tables, indexes and views as SQL files, and the ways in. Knows no artifact."""
