"""`make bench`: what a cold page costs, counted in instructions, beside two usual stacks on the same work."""
