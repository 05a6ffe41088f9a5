"""Model packages, the library of them, and the one door for archives."""
