"""Group `machine`: what the operating system must provide, before and below any platform."""
