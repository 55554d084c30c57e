-- AlterTable
ALTER TABLE "bond" ADD COLUMN     "slot_tag" TEXT;

-- CreateTable
CREATE TABLE "bond_task" (
    "id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "tries" INTEGER NOT NULL,
    "lease" TEXT,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "bond_task_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "bond_task_due_at_idx" ON "bond_task"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "bond_slot_tag_key" ON "bond"("slot_tag");
-- What is to be done, and what is done: only by who had it.
CREATE FUNCTION effect_task(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO bond_task (id, sealed, due_at, tries) SELECT id, sealed, due_at, 0
    FROM jsonb_to_record(what) AS q(id text, sealed text, due_at timestamptz) ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION effect_task_done(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE sql AS $$
  DELETE FROM bond_task t USING jsonb_to_record(what) AS q(id text, lease text) WHERE t.id = q.id AND t.lease = q.lease
$$;

