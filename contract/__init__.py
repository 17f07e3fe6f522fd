"""What crosses a wire between the programs: codes, what is asked and what is answered. Nothing else."""
