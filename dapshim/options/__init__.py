"""All options of dapshim: one table, and how their values are read, checked and put in order.

`table` says what there is, `layers` which value counts and where it came from, `sources` reads the command line, the
environment and a launch configuration, `toml_text` the text of an option file, and `option_files` finds and opens those
files; it alone touches the disk. This room knows neither messages nor Trio nor click.
"""
