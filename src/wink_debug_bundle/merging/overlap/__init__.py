"""Several bundles in; what each of them alone holds, and what is the same in several, out."""
