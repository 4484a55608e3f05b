"""The Compare page: models over many clips, from a data set or from the visitor's runs."""
