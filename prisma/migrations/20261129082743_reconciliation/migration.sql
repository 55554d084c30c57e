-- CreateTable
CREATE TABLE "reconciliation_file" (
    "bank" TEXT NOT NULL,
    "sender" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "text" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reconciliation_file_pkey" PRIMARY KEY ("bank","sender","what","sequence")
);

-- CreateTable
CREATE TABLE "reconciliation_day" (
    "bank" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "state" TEXT NOT NULL,
    "progress" INTEGER NOT NULL,
    "counts" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reconciliation_day_pkey" PRIMARY KEY ("bank","day")
);

-- CreateTable
CREATE TABLE "reconciliation_case" (
    "id" TEXT NOT NULL,
    "bank" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_on" DATE,
    "resolution" TEXT,

    CONSTRAINT "reconciliation_case_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "reconciliation_file_bank_sender_what_day_key" ON "reconciliation_file"("bank", "sender", "what", "day");

-- CreateIndex
CREATE INDEX "reconciliation_day_day_idx" ON "reconciliation_day"("day");

-- CreateIndex
CREATE INDEX "reconciliation_case_state_id_idx" ON "reconciliation_case"("state", "id");

-- CreateIndex
CREATE INDEX "reconciliation_case_bank_kind_decided_on_id_idx" ON "reconciliation_case"("bank", "kind", "decided_on", "id");

-- CreateIndex
CREATE INDEX "ledger_entry_booked_on_journal_id_n_idx" ON "ledger_entry"("booked_on", "journal_id", "n");

-- by hand: closed words
ALTER TABLE "reconciliation_file" ADD CONSTRAINT "reconciliation_file_what" CHECK ("what" IN ('day', 'differences') AND "sequence" > 0);
ALTER TABLE "reconciliation_day" ADD CONSTRAINT "reconciliation_day_state" CHECK ("state" IN ('comparing', 'compared', 'agreed') AND "progress" BETWEEN 0 AND 100);
ALTER TABLE "reconciliation_case" ADD CONSTRAINT "reconciliation_case_state" CHECK ("state" IN ('doubtful', 'open', 'matched', 'resolved') AND ("state" = 'resolved') = ("resolution" IS NOT NULL));
