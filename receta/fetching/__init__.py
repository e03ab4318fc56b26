"""How does what has an address come onto this machine: once, whole, and from where it may?

Files of a publisher (`published`), or many pictures of anybody (`downloading`).
"""

__all__ = ["answers", "connecting", "downloading", "hosts", "ledger", "published"]
