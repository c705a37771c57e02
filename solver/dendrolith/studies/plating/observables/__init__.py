"""What is measured on a plating cell; one small file each."""
