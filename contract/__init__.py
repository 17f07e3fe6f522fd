"""What crosses a wire between the programs: enums and structs, nothing else."""
