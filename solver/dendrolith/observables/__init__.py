"""What is measured on a state; one small file each."""
