"""What `worker doctor` looks at beside the services' own checks: each module is one part of the way of a letter."""
