"""One model API per folder behind one protocol; nothing above this package knows a vendor's SDK."""
