"""Two evaluations, or one, and rules in; whether a change may pass, with the reasons, out."""
