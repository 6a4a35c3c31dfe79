"""Secrets in texts: bytes and rules in; where each secret lies, which rule found it and its plain value, out.

The room knows no bundle. `detector.py` finds by rules, `literals.py` finds values that are already known.
"""
