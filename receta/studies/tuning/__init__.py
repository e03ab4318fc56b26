"""The engine of `tune`: spaces, what is asked next, what is given up, what was found."""
