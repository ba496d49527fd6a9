"""Reports on paper: the same blocks become a web page of one file, or a PDF. Nothing is fetched for either."""
