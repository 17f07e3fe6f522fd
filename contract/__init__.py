"""What crosses a wire between the programs: codes and the shapes of what is asked and answered, nothing else."""
