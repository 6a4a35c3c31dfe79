"""What several tests share: samples, builders, runners and checks."""
