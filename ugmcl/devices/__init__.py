"""Which device computes and why, how much memory it has, and how much a volume needs."""
