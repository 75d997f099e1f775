"""What stands where words of people were erased."""

MARK = "[erased]"
