-- CreateTable
CREATE TABLE "seal_task" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "membership_id" TEXT,
    "center" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_task_document" (
    "task_id" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "body" TEXT NOT NULL,

    CONSTRAINT "seal_task_document_pkey" PRIMARY KEY ("task_id","n")
);

-- CreateTable
CREATE TABLE "blob_piece" (
    "blob_id" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "pieces" INTEGER,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "blob_piece_pkey" PRIMARY KEY ("blob_id","n")
);

-- CreateIndex
CREATE INDEX "seal_task_enterprise_id_created_at_id_idx" ON "seal_task"("enterprise_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "seal_task_center_created_at_id_idx" ON "seal_task"("center", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "seal_task_expires_at_idx" ON "seal_task"("expires_at");

-- CreateIndex
CREATE INDEX "blob_piece_expires_at_idx" ON "blob_piece"("expires_at");

-- AddForeignKey
ALTER TABLE "seal_task_document" ADD CONSTRAINT "seal_task_document_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "seal_task"("id") ON DELETE CASCADE ON UPDATE CASCADE;
