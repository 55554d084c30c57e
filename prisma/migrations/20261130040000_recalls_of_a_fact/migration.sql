-- A fact that is recalled once more is answered by the recalls that stand: they are found by it.
CREATE INDEX "credit_recall_fact_id_idx" ON "credit_recall"("fact_id");
