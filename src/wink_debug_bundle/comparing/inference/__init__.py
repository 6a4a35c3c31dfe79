"""Plain numbers in; estimates, intervals and p values out. Standard library only; knows no bundle."""
