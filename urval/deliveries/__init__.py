"""Deliveries to an e-archive: made of a package in a folder or a store, and the receipt that came back.

Here package, verifier, store and ledger meet. A package is verified before it is delivered, and only read.
"""

from urval.deliveries.making import Made, Order, deliver_folder, deliver_held
from urval.deliveries.receipts import Receipt, Registered, register_receipt

__all__ = ["Made", "Order", "Receipt", "Registered", "deliver_folder", "deliver_held", "register_receipt"]
