"""What signals show by themselves, before any physics: spikes, scatter, oscillation, and sensors at fault."""
