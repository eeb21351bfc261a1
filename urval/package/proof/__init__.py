"""The proof of one item: one small file that shows a row to be in a sealed package, without the rest (docs/proof.md).

::

    proof = make_proof(files, Item("t1"))          # the post and its whole thread
    write_new(Path("t1.proof.json"), proof.data)
    write_new(Path("t1.pdf"), thread_sheet(files, proof))
"""

from urval.package.proof.finding import Item
from urval.package.proof.making import FORMAT, Proof, Row, make_proof
from urval.package.proof.reading import PackageFiles
from urval.package.proof.writing import write_new

__all__ = ["FORMAT", "Item", "PackageFiles", "Proof", "Row", "make_proof", "write_new"]
